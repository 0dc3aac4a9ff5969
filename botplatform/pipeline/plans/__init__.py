"""Plans: dispatched by a run that sleeps meanwhile, carried out by workers, each step under a lease of its own.

Rows are locked in this order: batch, plan, step.
"""
