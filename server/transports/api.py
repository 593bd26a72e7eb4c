"""The console's HTTP routes: salt, sign in, sign out, own keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from crypto.failure import Malformed
from server import wire
from server.model.limits import BODY_LIMIT
from server.model.refusal import REPLIES, Code, Refusal
from server.services import people
from server.services.people import OwnDesk, OwnEpoch, OwnKeys
from server.transports.counsellors import Counsellors
from server.transports.guard import COOKIE, NO_STORE, Guard
from server.transports.runtime import Runtime

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
text = wire.serialize_bytes


def answer(body: object, status: int = 200) -> Response:
    """A JSON answer that nobody caches."""
    return Response(wire.serialize(body), status, NO_STORE, "application/json")


def refuse(code: Code) -> Response:
    """A refusal as an HTTP answer."""
    return answer(wire.Failure(code), REPLIES[code].status)


class Api:
    """What a console asks over HTTP."""

    def __init__(self, runtime: Runtime, guard: Guard, counsellors: Counsellors) -> None:
        self._runtime, self._guard, self._counsellors = runtime, guard, counsellors

    async def salt(self, request: Request) -> Response:
        """POST /api/salt: what a password is stretched with; unknown logins get an answer like any other."""
        self._guard.check_origin(request.scope)
        login = (await _body(request, wire.salt_body)).login
        runtime = self._runtime
        random = await runtime.read(lambda connection: people.find_salt(connection, runtime.keystore, login))
        return answer(wire.SaltAnswer(text(runtime.place.org), text(random)))

    async def sign_in(self, request: Request) -> Response:
        """POST /api/sign-in: the cookie for whoever knows the login secret."""
        self._guard.check_origin(request.scope)
        body = await _body(request, wire.sign_in_body)
        runtime = self._runtime
        self._guard.check_rate(body.login, runtime.steady())
        secret = wire.parse_bytes(body.secret)
        token = await runtime.call(
            lambda connection: people.sign_in(
                connection, runtime.keystore, runtime.random, body.login, secret, runtime.now()
            )
        )
        response = Response(status_code=204, headers=NO_STORE)
        _set_cookie(response, text(token), people.SIGN_IN_SECONDS)
        return response

    async def sign_out(self, request: Request) -> Response:
        """POST /api/sign-out: end the sign-in and its sockets."""
        self._guard.check_origin(request.scope)
        token = self._guard.token(request.scope)
        await self._runtime.call(lambda connection: people.sign_out(connection, token))
        self._counsellors.sign_out(token)
        response = Response(status_code=204, headers=NO_STORE)
        _set_cookie(response, "", 0)
        return response

    async def me(self, request: Request) -> Response:
        """GET /api/me: what unlocks the console."""
        token, runtime = self._guard.token(request.scope), self._runtime

        def find(connection: Connection) -> OwnKeys:
            member = people.find_member(connection, token, runtime.now())
            return people.find_own_keys(connection, runtime.keystore, member)

        return answer(_me(runtime.place.org, await runtime.read(find)))


def _set_cookie(response: Response, value: str, seconds: int) -> None:
    response.set_cookie(COOKIE, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")


async def _body(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_LIMIT:
            raise Refusal(Code.TOO_LARGE)
    try:
        return wire.decode(decoder, raw)
    except Malformed:
        raise Refusal(Code.MALFORMED) from None


def _me(org: bytes, own: OwnKeys) -> wire.Me:
    member = own.member
    return wire.Me(
        org=text(org),
        member=text(member.id),
        login=member.login,
        random=text(member.random),
        key_generation=member.key_generation,
        key_wrap=text(own.key_wrap),
        key=text(member.key),
        desks=[_desk(desk) for desk in own.desks],
    )


def _desk(own: OwnDesk) -> wire.MemberDesk:
    return wire.MemberDesk(
        desk=text(own.desk.id),
        slug=own.desk.slug,
        name=own.desk.name,
        country=own.desk.country,
        role=own.membership.role,
        delegation=text(own.membership.delegation),
        statement=text(own.membership.statement),
        epochs=[_epoch(epoch) for epoch in own.epochs],
    )


def _epoch(own: OwnEpoch) -> wire.EpochKey:
    epoch = own.epoch
    return wire.EpochKey(epoch.epoch, text(epoch.delegation), text(epoch.statement), text(epoch.key), text(own.wrap))
