"""The proof that nothing was lost: checks, their verdict, and the page that shows the evidence."""
