"""What operators, sensors and transfers share: failures, paths, artifacts folders."""
