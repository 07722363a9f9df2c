"""Bookings: free times, offers, visits that stand, reminders, what follows a visit, the waiting list. Pure."""
