"""What the public API reaches beside the limits of the same machine in the same minute: `atelier bench api`."""
