"""Whether a network overfits the thermometer in the sense of the definition: its loss on held-out readings rises.

A first look at seeds 0 to 7 found a rise after 5,000 steps; that rule was written then, and held for all of 256 seeds.
That it falls before was first asked of 2,500 to 5,000 steps and refuted, for some curves dip earlier; now from 500
steps.
Only pairs between the readings are held out, so that predicting beyond them plays no part.
"""

from looplab.experiments import Experiment, measures, rules

from ._thermometer import network

experiment = Experiment(
    id="network-overfits-temperature",
    question="Does a network that trains on overfit eleven readings of a thermometer?",
    claim="On these eleven readings, the loss of 8 tanh units on held-out readings that lie between those learned from "
    "falls from 500 to 5,000 steps and rises from there to 20,000, each for more than nine in ten seeds.",
    arms=(
        network("500 steps", beyond_them=False, steps=500),
        network("5,000 steps", beyond_them=False, steps=5000),
        network("20,000 steps", beyond_them=False, steps=20_000),
    ),
    measure=measures.held_out_loss,
    measured="squared error on the readings held out (degrees Celsius squared)",
    verdict=(
        rules.lower_in_share("5,000 steps", than="500 steps", above=0.9),
        rules.lower_in_share("5,000 steps", than="20,000 steps", above=0.9),
    ),
    verify_seeds=48,
)
