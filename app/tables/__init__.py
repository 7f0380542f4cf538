"""Reading of tables that people send: bytes of a spreadsheet to sheets of text, tables found by their headers, remarks.

Knows nothing of schools or exams and touches no database.
"""
