"""Whole school years of a demo region, played without a browser: the holders of tasks answer their forms by rule."""

from app.demo.years.course import Played, play

__all__ = ["Played", "play"]
