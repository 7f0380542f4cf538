"""Приказ или распоряжение об утверждении перечня: the act, its points, its annexes."""
