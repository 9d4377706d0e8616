"""Compliance's records of why a subject is looked at; nobody else asks this view."""
