"""Estimated cycles of executed basic blocks: instruction classes, the pipelines of two cores, flash and caches.

An emulator counts instructions exactly and knows nothing of time. The models here turn the counts into cycles;
every figure made with them is `estimated`.
"""
