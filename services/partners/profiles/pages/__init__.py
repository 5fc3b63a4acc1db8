"""Profiles for people: what an organisation says of itself, and what we take over of it."""
