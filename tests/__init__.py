"""Tests that look at the suite from outside; those of one C++ file stand beside it."""
