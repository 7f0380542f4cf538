"""REST, version 1: the same cases, tasks and documents for programs, with the same rights as the pages."""
