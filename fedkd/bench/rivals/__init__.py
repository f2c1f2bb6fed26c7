"""Programs that other frameworks' interpreters run. They import nothing of fedkd and read one .npz file."""
