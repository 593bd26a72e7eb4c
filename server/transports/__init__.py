"""Sockets and requests: parse, call one service, answer."""
