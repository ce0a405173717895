"""What tests of several floors share: a task instance, its context, connected systems, and all that is public.

The fixtures are in :mod:`tests.harness.fixtures`, which ``tests/conftest.py`` gives to every test.
"""
