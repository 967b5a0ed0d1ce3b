//! The table of units in the documentation, compared with the suite.
