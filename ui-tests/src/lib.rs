//! No code: a library through which the feature `enabled` reaches the cases, which are compiled in a
//! project of their own that depends on this one.
