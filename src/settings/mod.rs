//! Prefect settings as Prefect resolves them: flags over environment over files and profile.
