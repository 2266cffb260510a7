@echo off
rem Double-click to open the desk on the folder my-city beside this file, or drag another folder here.
set "folder=%~1"
if not defined folder set "folder=%~dp0my-city"
"%~dp0env\Scripts\nuantu.exe" desk "%folder%"
pause
