"""Which commands there are and what they take: read by argparse here, and by Airflow's own command line.

It imports next to nothing, since Airflow reads it whenever any of its commands starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown, StreamName
from airflow_provider_genesys.interactions.organization import UserKey
from airflow_provider_genesys.presence.plan.settings import InUse, Labels, Prune

DESCRIPTION = "Work on Genesys Cloud without a Dag: the same code as the operators'."
EPILOG = (
    "The OAuth client is that of the Airflow connection --conn-id; without it that of the variables "
    "GENESYS_CLOUD_CLIENT_ID, GENESYS_CLOUD_CLIENT_SECRET and GENESYS_CLOUD_REGION (or _BASE_URL and _LOGIN_URL), and "
    "of the connection genesys_cloud_default where none of these is set. "
    "Exit codes: 0 there is nothing to change, or it is done; 1 there is something, which the output says; 2 an error, "
    "which standard error says."
)
SUCCESS, FOUND, ERROR = 0, 1, 2
"""Exit codes, as those of ``kubectl diff``."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument.

    :param flags: its name, or its options.
    :param settings: what ``add_argument`` takes besides.
    """

    flags: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its value is called where arguments are parsed, and, where that is an option, in messages."""
        return str(self.settings.get("dest") or self.flags[0].removeprefix("--").replace("-", "_"))


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    :param name: its name.
    :param help: what it does, in one line.
    :param function: module of this package and function that does it.
    :param arguments: what it takes.
    :param epilog: what its exit codes mean.
    """

    name: str
    help: str
    function: tuple[str, str]
    arguments: tuple[Argument, ...]
    epilog: str


def _argument(*flags: str, **settings: Any) -> Argument:
    return Argument(flags, settings)


def _choice(flag: str, words: Any, default: str, about: str) -> Argument:
    return Argument((flag,), {"choices": get_args(words), "default": default, "help": f"{about} (default: {default})"})


_CONN_ID = _argument(
    "--conn-id",
    help="id of an Airflow connection; by default the client is that of the variables GENESYS_CLOUD_..., and without "
    "them that of genesys_cloud_default",
)
# Airflow's command line keeps its log lines off standard output where an argument is called "output".
_JSON = _argument("--json", dest="output", action="store_true", help="print JSON, and nothing else")
_MAPPING = "the mapping file, or the name of one that comes with the provider, such as amazon_connect"
_DIRECTORY = (
    _argument(
        "--directory",
        metavar="FILE",
        help="ids of the platform's names: a YAML or CSV file, or organization to look all of them up",
    ),
    _argument(
        "--source-id",
        metavar="ID",
        help="id of the source platform, where no file says it; of states the presence source's",
    ),
)
_ORDINARY = "0: done; 2: an error"

COMMANDS: tuple[Command, ...] = (
    Command(
        "plan",
        "Compare the presence definitions with a file and say what would have to change; changes nothing",
        ("presence", "plan"),
        (
            _argument("definitions", help="the desired state: a YAML file"),
            _argument("--out", metavar="FILE", help="write the plan as JSON, for apply"),
            _choice("--prune", Prune, "none", "what becomes of definitions that are not in the file"),
            _choice("--labels", Labels, "replace", "what becomes of labels in languages that are not in the file"),
            _argument(
                "--protected",
                action="append",
                metavar="DEFINITION",
                help="id, or name such as Break/Smoke, of a definition never to be changed; may be given several times",
            ),
            _argument(
                "--max-changes-percent",
                type=float,
                default=30.0,
                metavar="N",
                help="unsafe is what changes more than this share of ten or more definitions (default: %(default)s)",
            ),
            _argument(
                "--max-deactivations",
                type=int,
                default=2,
                metavar="N",
                help="unsafe is what deactivates more of fewer than ten; 0 holds for any number (default: %(default)s)",
            ),
            _choice("--in-use", InUse, "ignore", "whether it is unsafe to deactivate or move what some user is in"),
            _CONN_ID,
            _JSON,
        ),
        "0: nothing to change; 1: something to change, or an unsafe plan; 2: an error",
    ),
    Command(
        "apply",
        "Apply a plan that plan --out wrote; refused if it is unsafe or the definitions have changed since",
        ("presence", "apply"),
        (
            _argument("plan", help="the file"),
            _argument(
                "--force-checksum", metavar="CHECKSUM", help="that of the plan, to apply it although it is unsafe"
            ),
            _CONN_ID,
            _JSON,
        ),
        _ORDINARY,
    ),
    Command(
        "publish",
        "Publish events and account for each; run again, it goes on where it was",
        ("events", "publish"),
        (
            _argument("source", nargs="+", help="files and globs of JSON Lines, JSON or bodies, or dead letters"),
            _argument("--stream", required=True, choices=get_args(StreamName), help="what the events are"),
            _argument(
                "--artifacts-path",
                required=True,
                metavar="FOLDER",
                help="where the account and the dead letters of this publish are kept: the same one to go on, another "
                "one for another publish",
            ),
            _argument(
                "--ledger-key", metavar="NAME", help="a folder of this name in it, for the account of this publish"
            ),
            _argument(
                "--max-rejected",
                default="0",
                metavar="N",
                help="how many, or which share (0.5%%), may be rejected, invalid or unknown (default: %(default)s)",
            ),
            _choice(
                "--on-unknown", OnUnknown, "resend", "what to do when an answer is lost and events may have arrived"
            ),
            _choice("--dead-letter-fields", DeadLetterFields, "all", "what dead letters keep of an event"),
            _argument(
                "--requests-per-minute", type=float, metavar="N", help="pace where the server does not tell its limit"
            ),
            _argument("--republish", action="store_true", help="send everything again, with the same ids"),
            _CONN_ID,
            _JSON,
        ),
        "0: published; 1: published, and more events were not accepted than --max-rejected allows; 2: an error; "
        "130, or 143 after SIGTERM: stopped, and the same command goes on",
    ),
    Command(
        "convert",
        "Make events of another platform's records, and account for each record; sends nothing",
        ("records", "convert"),
        (
            _argument("records", nargs="+", help="files and globs of records, or an earlier conversion's rejects"),
            _argument("--mapping", required=True, metavar="FILE", help=_MAPPING),
            *_DIRECTORY,
            _argument(
                "--presence-map",
                metavar="FILE",
                help="of states of agents: a YAML list of rules, which come before those of the mapping",
            ),
            _argument(
                "--destination",
                metavar="FOLDER",
                help="where events.jsonl, rejects.jsonl, held-back.jsonl and corrections.jsonl go, over what was "
                "there; of states user_presences.jsonl and user_routing_statuses.jsonl in place of the first",
            ),
            _argument(
                "--settle",
                metavar="TIME",
                help="for how long a record may still change, such as 2h: younger ones are held back",
            ),
            _argument(
                "--state-path",
                metavar="FILE",
                help="by which runs know of each other, the same in every run; the destination names the run, so give "
                "each run one of its own",
            ),
            _argument(
                "--max-rejected",
                default="0",
                metavar="N",
                help="how many, or which share (0.5%%), may be rejected (default: %(default)s)",
            ),
            _argument(
                "--explain",
                metavar="RECORD",
                help="write nothing, and say what is understood of one record and which events tell it, or why it is "
                "skipped or rejected: its id, or the line where it begins (12, calls.csv:12); of states also an agent, "
                "of whom all is told",
            ),
            _CONN_ID,
            _JSON,
        ),
        "0: converted, or the record is explained, whatever becomes of it; 1: more records are rejected than "
        "--max-rejected allows; 2: an error",
    ),
    Command(
        "make-directory",
        "Write a directory to begin with: users, queues, wrap-up codes, skills and languages of the organisation",
        ("records", "make"),
        (
            _argument(
                "destination", help="the file, which must not be there yet: YAML, or CSV if its name ends in .csv"
            ),
            _choice("--users-by", UserKey, "name", "what stands for users"),
            _CONN_ID,
            _JSON,
        ),
        _ORDINARY,
    ),
    Command(
        "export",
        "Write a snapshot of what is configured, and say what has changed since the last one",
        ("exports", "export"),
        (
            _argument("destination", help="folder of the snapshots, one for each organisation"),
            _argument(
                "--include",
                action="append",
                metavar="NAME",
                help="a resource, or a group: webchat, web_messaging, presence or all; may be given several times "
                "(default: all)",
            ),
            _argument(
                "--fail-on",
                action="append",
                metavar="STATE",
                help="a state of resources that is an error, when the snapshot is written: forbidden, partial, gone or "
                "absent; may be given several times (default: forbidden and partial)",
            ),
            _CONN_ID,
            _JSON,
        ),
        _ORDINARY,
    ),
    Command(
        "diff",
        "Compare two snapshots field by field",
        ("exports", "diff"),
        (
            _argument("before", help="a manifest, or a folder of snapshots, which stands for the newest one there"),
            _argument("after", help="the same"),
            _JSON,
        ),
        "0: nothing differs; 1: something does; 2: an error, or not all could be compared",
    ),
    Command(
        "verify",
        "Read a snapshot again and say whether it is whole",
        ("exports", "verify_snapshot"),
        (
            _argument("path", help="a manifest, or a folder of snapshots, which stands for the newest one there"),
            _JSON,
        ),
        "0: it is whole; 1: it is damaged; 2: there is none, or it cannot be read",
    ),
    Command(
        "preflight",
        "Say before a run what is missing for it, all at once; reads only",
        ("preflight", "preflight"),
        (
            _argument("source", nargs="*", help="files and globs of events that are to be published"),
            _argument("--stream", choices=get_args(StreamName), help="what these are; needed with them"),
            _argument(
                "--operation",
                dest="operations",
                action="append",
                metavar="NAME",
                help="an operation whose permissions the client must have, such as postEventsConversations; may be "
                "given several times",
            ),
            _argument("--mapping", metavar="FILE", help=f"of a conversion: {_MAPPING}"),
            *_DIRECTORY,
            _CONN_ID,
            _JSON,
        ),
        "0: ready for a run; 1: something is missing; 2: an error",
    ),
    Command(
        "operations",
        "Print the table of operations, or what it says of one",
        ("operations", "operations"),
        (_argument("name", nargs="?", help="name of an operation, such as getPresenceSources"), _JSON),
        _ORDINARY,
    ),
)
"""All commands; adding one is adding it here."""
