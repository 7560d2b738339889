"""What `fifthclick evaluate` has to say about a model. One section per file; what a section is, `section` says.

To add one: a file here with `section(asked) -> Section`, and a line in `sections.SECTIONS`.
"""
