@echo off
rem Double-click to install Nuantu beside this file.
pushd "%~dp0"
where py >nul 2>nul
if errorlevel 1 (
  python install.py
) else (
  for /f %%v in (python.txt) do py -%%v install.py
)
popd
pause
