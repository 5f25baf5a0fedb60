"""Tests of the real binaries, from outside."""
