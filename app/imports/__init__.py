"""Loading of tables by people: files are read aside, looked through, then written in one transaction.

What is kept between the steps is the reading (numbers of schools, remarks, a copy with marks), never the file itself.
"""
