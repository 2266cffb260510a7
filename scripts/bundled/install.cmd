@echo off
rem Double-click to install Nuantu beside this file.
cd /d "%~dp0"
for /f %%v in (python.txt) do py -%%v install.py
pause
