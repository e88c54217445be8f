"""The HTTP API of the contract in DESIGN.md."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
