@echo off
rem Double-click to open the desk on the folder my-city beside this file.
"%~dp0env\Scripts\nuantu.exe" desk "%~dp0my-city"
pause
