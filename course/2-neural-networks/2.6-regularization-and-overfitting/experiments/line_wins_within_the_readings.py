"""The expectation that was refuted: a network loses to a line because it fits what does not repeat.

If that were the cause, it would lose between the readings that it learned from as well, not beyond them alone.
"""

from looplab.experiments import Experiment, measures, rules

from ._thermometer import line, network

experiment = Experiment(
    id="line-wins-within-the-readings",
    question="Does a line predict the thermometer better than a network between the readings that they learned from?",
    claim="Expected: where neither the coldest nor the hottest of the eleven readings is held out, the line predicts "
    "the two that are better than 8 tanh units, for more than nine in ten seeds.",
    arms=(line("line", beyond_them=False), network("8 tanh units", beyond_them=False)),
    measure=measures.held_out_loss,
    measured="squared error on the readings held out (degrees Celsius squared)",
    verdict=(rules.lower_in_share("line", than="8 tanh units", above=0.9),),
    verify_seeds=64,
)
