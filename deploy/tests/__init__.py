"""The manifests of deploy/kubernetes, checked without a cluster: they render, they have the API's
types, and they keep the rules that a platform asks for. Every rule is seen to catch something.

    rendering.py   renders overlays and combinations of components with kubectl
    types.py       checks rendered documents against the types of the API, with tsc
    rules/         what the types cannot say, a function a rule
    mutants*.py    one change each that a rule or a type has to catch
"""
