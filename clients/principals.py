"""Principals of the tests' own, made through the control API."""

from __future__ import annotations

from dataclasses import dataclass

from server import Api


@dataclass(frozen=True)
class Principal:
    id: str
    name: str
    token: str
    token_id: str


def create(admin: Api, name: str) -> Principal:
    made = admin.post("/api/1.0/principals", {"name": name, "kind": "USER"})
    token = admin.post("/api/1.0/tokens", {"principal": name, "comment": "for a test"})
    return Principal(made["id"], name, token["token"], token["id"])
