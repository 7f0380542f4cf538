from hypothesis import settings

settings.register_profile("tables", deadline=None, max_examples=40)
settings.load_profile("tables")
