"""What is decided: values in, values out. Nothing here reads a clock, draws a number, logs, or talks to anyone."""
