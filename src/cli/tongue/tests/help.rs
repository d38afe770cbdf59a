//! Help in every language.
