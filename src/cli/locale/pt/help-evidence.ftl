## Ajuda: arquivos de evidência.
