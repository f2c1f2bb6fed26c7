"""Federations whose sites are processes of their own: started, watched and recorded on this machine."""
