# ruff: noqa: INP001 - settings of Sphinx, which are no package
"""Settings of the documentation: `sphinx-build -W docs docs/_build/html`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
# The reference imports Airflow, which writes its settings into a home of its own.
os.environ.setdefault("AIRFLOW_HOME", str(ROOT / "docs" / "_build" / "airflow"))

from airflow_provider_genesys import __version__  # noqa: E402

project = "airflow-provider-genesys"
author = "The airflow-provider-genesys authors"
copyright = author  # noqa: A001 - the name is Sphinx'
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
autodoc_typehints = "signature"
python_maximum_signature_line_length = 100  # a longer one has a line for each argument
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
html_theme = "furo"
html_title = "Genesys Cloud for Apache Airflow"
myst_heading_anchors = 3
