"""Who may do what: a table of every method, role and relation, and what tries it.

The table is the *.yaml files here, one a service. A line says, for roles that fare alike, what
comes of a method for each relation in which the resource can stand to An, who is the PERSON (and
whom TEAM_FOR_PERSON acts for); the relations of a kind of resource are told in words under `kinds`.
A word in the place of a line is the outcome of all of them.

  OK           done or shown; "OK-answers-contact" without these fields, and with all others of the
               kind's that can be withheld
  HIDDEN       answered as if the resource were not there: a list or a feed without it
  ABSENT       refused exactly as if there were none with that name: the same status, but for the
               name, as for one that never was
  any other    the reason of a refusal by whoever may know that the resource is there, or whom the
               method's policy keeps out: they too learn nothing of what is there

Whoever is let in has to be shown something, but of a kind that says `hidden`: nobody is.

The build holds the table against the protos (check.py): a method without rows is refused, and so is
what contradicts a method's policy. tests/functional/test_policy_matrix.py tries every cell.

A method is added here with its rows and in requests.py; a kind or a relation with a builder in
things_*.py; a role in table.py, which then asks for its rows everywhere, and in callers.py.
"""
