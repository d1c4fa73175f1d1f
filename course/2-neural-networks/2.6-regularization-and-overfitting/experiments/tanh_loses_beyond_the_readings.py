"""Where a network of tanh units loses to a line on the thermometer, and whether the flat ends of tanh are the reason.

Expected at first: the line predicts held-out readings better because the network fits their noise. A first look at
seeds 0 to 7 found the loss beyond the readings instead; the rules below were written then. ReLU units go on straight
where tanh units turn flat: if the flat ends are the reason, ReLU must not lose there.
"""

from looplab.experiments import Experiment, measures, rules

from ._thermometer import line, network

experiment = Experiment(
    id="tanh-loses-beyond-the-readings",
    question="Where does a network predict the thermometer worse than a line?",
    claim="On these eleven readings a line was expected to predict all held-out pairs better than 8 tanh units; found: "
    "it does where the coldest or hottest is held out, where 8 ReLU units do not lose, and elsewhere the two typically "
    "differ by less than a tenth.",
    arms=(
        line("line, beyond", beyond_them=True),
        network("tanh, beyond", beyond_them=True),
        network("ReLU, beyond", beyond_them=True, activation="relu"),
        line("line, within", beyond_them=False),
        network("tanh, within", beyond_them=False),
    ),
    measure=measures.held_out_loss,
    measured="squared error on the readings held out (degrees Celsius squared)",
    verdict=(
        rules.lower_in_share("line, beyond", than="tanh, beyond", above=0.9),
        rules.lower_in_share("ReLU, beyond", than="tanh, beyond", above=0.9),
        rules.lower("ReLU, beyond", than="line, beyond"),
        rules.differs_at_most("tanh, within", "line, within", 0.4),
    ),
    verify_seeds=128,
)
