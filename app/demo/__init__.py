"""Synthetic regions of real size: registries, result files in the official layouts, people, the expected lists."""

from app.demo.parameters import LIST_YEAR, RegionParameters, region_parameters
from app.demo.people import PASSWORD
from app.demo.region import DemoRegion, generate

__all__ = ["LIST_YEAR", "PASSWORD", "DemoRegion", "RegionParameters", "generate", "region_parameters"]
