create database chat;
