"""The manifests of deploy/kubernetes, checked without a cluster: they render, they have the API's
types, and they keep the rules that a platform asks for. Every rule is seen to catch something.

    rendering.py   renders overlays and combinations of components with kubectl
    types.py       checks documents against the types of the API, with tsc; crds.d.ts has some
    suite.py       documents as rules look at them; reach.py: who may reach whom
    rules/         what types cannot say, a function a rule
    mutants.py     one fault each that a rule or a type has to catch
"""
