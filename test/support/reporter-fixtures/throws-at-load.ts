// The file cannot even be loaded.
throw new Error('thrown while loading')
