"""Fills a stack with what a team leaves on it in a season: for demos, benchmarks and drills.

An experiment per project, in it hyper-parameter searches: a parent run with a nested run per trial.
The best trial of every search becomes a version of the project's registered model, loadable with
`mlflow.sklearn.load_model("models:/seed-wine-quality@champion")`.

| | small | medium | large |
|---|---|---|---|
| experiments, registered models | 3 | 8 | 20 |
| searches, model versions | 6 | 40 | 280 |
| runs | 42 | 280 | 1960 |
| params | 306 | 2040 | 14280 |
| metric values | 7136 | 46940 | 326980 |
| artifacts, models not counted | 90 | 600 | 4200 |
| aliases | 6 | 16 | 40 |

On a Minikube with 2 cores that takes about 10 seconds, 1 minute and 5 minutes.

The content of a run depends on its place alone, and a larger size contains the smaller ones. So a
second `make seed` adds nothing, a larger SIZE adds what is lacking, and a seed that was interrupted
goes on where it ended (the one model that was under way is logged once more). Nobody else's
experiments and models are touched: all names begin with `seed-`.
"""
