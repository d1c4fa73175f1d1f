"""Rules of published tools that watch trainings, written anew from what their authors state, for `doctor_peers.py`.

UMLAUT (Schoop, Huang and Hartmann, CHI 2021), AutoTrainer (Zhang, Zhai, Ma and Shen, ICSE 2021) and DeepFD (Cao et al.,
ICSE 2022) need Keras. Their rules are applied here to what was seen of a PyTorch training. Each threshold says where
its authors give it. Where a rule's meaning in PyTorch is open, the reading with fewer false alarms was taken.
"""
