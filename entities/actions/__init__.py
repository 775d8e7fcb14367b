"""Verbs on business entities, a module per subject. Pages, API and jobs call the same functions.

Every one is atomic, asks the role and the scope, changes dated facts append-only, writes an
Operation that says who and why, and FactChange rows from the first day that differs.
"""
