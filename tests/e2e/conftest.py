"""Every test here runs with real processes; a module shares one town, so its tests share one loop."""
