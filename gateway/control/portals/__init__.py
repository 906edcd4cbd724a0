"""Developer portals: what describes APIs to the people who would call them.

Portals, their products and pages are validated, stored and described. Poolgate hosts no portal,
so publishing one fails in the form that AWS has for it: the portal's own status says why.
"""
