"""Cases: the one place that moves a case, and what people see of it.

Operations open their own transaction and take ids and plain values, so a move cannot be half of somebody's transaction.
"""
