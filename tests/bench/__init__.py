"""The benchmarks themselves: that they run, and that they measure what they say."""
