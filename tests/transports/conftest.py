"""Fixtures of the transports' tests."""

from tests.transports.fixtures import bystander, running

__all__ = ["bystander", "running"]
